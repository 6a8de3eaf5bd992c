"""Customers that may be one: their names, numbers and addresses compared without a store."""
