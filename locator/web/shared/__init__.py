"""What the doors of the web application share."""
