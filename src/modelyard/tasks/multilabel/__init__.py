"""Which labels, any number of them at once: several yes-or-no columns, or one column that lists them."""
