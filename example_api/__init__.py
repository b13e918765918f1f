"""A small shop API in which every way of declaring a CORS policy has one place."""
