"""How much: an amount, a duration, a temperature."""
