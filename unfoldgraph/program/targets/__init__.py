"""What kernels are written for: Python with NumPy, in the modules that are called so."""
