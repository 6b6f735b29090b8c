"""Networks from PyTorch: modules, factories, exported programs. Everything here may import torch."""
