#!/usr/bin/python3
"""Trains a small network for five steps and leaves a trace of them in a store.

Usage: example.py LIBRARY STORE, where LIBRARY is the path of libsandglass_torch.so and STORE a folder.
Then: sandglass replay example/mlp-python --on all --store STORE
"""

import sys

import torch

BATCH = 32

library, store = sys.argv[1:]

model = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
inputs, targets = torch.randn(BATCH, 64), torch.randint(10, (BATCH,))


def train_one_step():
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(inputs), targets).backward()
    optimizer.step()


# What happens only once, as an optimizer's making of its state, is better not in the trace.
train_one_step()

# These two lines are all that a script needs: its steps are those of its optimizer, and the trace is sealed when the
# script has ended well.
torch.ops.load_library(library)
torch.ops.sandglass.trace_begin("example/mlp-python", store=store, phase="train", unit="sample", work_per_step=BATCH)

for _ in range(5):
    train_one_step()

# Ends the trace here, before what is not of the work, as an evaluation.
print("sealed", torch.ops.sandglass.trace_end())
