"""The functions that programs call while they run, which stand in the modules that are written out."""
