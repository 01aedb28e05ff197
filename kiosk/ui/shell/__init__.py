"""The bar above every screen and the line below it."""
