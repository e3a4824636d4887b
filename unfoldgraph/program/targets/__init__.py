"""What kernels are written for: a module for each target, over no other."""
