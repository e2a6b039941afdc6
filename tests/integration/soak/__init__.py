"""The parts of soak_test.py."""
