"""The text-removal API: seed 000/001, with durable tasks."""
