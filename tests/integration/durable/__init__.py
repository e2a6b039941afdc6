"""The parts of durable_test.py."""
