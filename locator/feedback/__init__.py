"""What workers say: reports on stations, requests for new ones, and what stewards did with them."""
