"""Where the next stations help most, and what is proven about it."""
