"""Text encoders in Hugging Face's form."""
