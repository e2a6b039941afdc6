"""The parts that the benchmark scripts beside this folder share."""
