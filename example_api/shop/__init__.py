"""The shop: products, orders, reviews, and widgets for other people's sites."""
