"""The parts of live_test.py."""
