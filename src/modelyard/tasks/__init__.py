"""What is predicted: one folder per task."""
