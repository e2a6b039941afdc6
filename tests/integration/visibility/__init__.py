"""The parts of visibility_test.py."""
