"""Who does what when: tasks, people and days in, a plan with P50 and P80 dates out."""
