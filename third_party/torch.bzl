"""How code that includes libtorch's headers is compiled."""

# -DNDEBUG: without it the layout of at::RecordFunction differs from that of the library, and inputs read as garbage.
# The libtorch headers are not clean under our warnings, so they are system headers here.
TORCH_COPTS = [
    "-DNDEBUG",
    "-isystem",
    "/usr/include/torch/csrc/api/include",
    "-Wno-unused-variable",
]
