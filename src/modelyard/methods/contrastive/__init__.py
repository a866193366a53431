"""An encoder tuned on which texts are of one class, and a linear model on what it then says of them."""
