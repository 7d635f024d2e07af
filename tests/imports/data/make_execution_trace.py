# Makes the ExecutionTrace beside this file, with Debian's PyTorch: a product, a relu and its backward pass.
# Usage: /usr/bin/python3 make_execution_trace.py OUT.json
import sys

import torch
from torch.profiler import ExecutionGraphObserver

x = torch.randn(4, 8)
w = torch.randn(8, 3, requires_grad=True)
observer = ExecutionGraphObserver()
observer.register_callback(sys.argv[1])
observer.start()
torch.relu(x @ w).sum().backward()
observer.stop()
observer.unregister_callback()
