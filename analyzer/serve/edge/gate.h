// Counts the calls that are under way, and lets no new ones in once it is closed.
//
// Safe for use by several threads at once.
#ifndef SANDGLASS_ANALYZER_SERVE_EDGE_GATE_H_
#define SANDGLASS_ANALYZER_SERVE_EDGE_GATE_H_

#include <atomic>
#include <cstddef>
#include <memory>

namespace sandglass::serve {

class Gate {
 public:
  // A pass, which its call keeps as long as it lasts; null: the gate is closed. A pass may outlive the gate.
  std::shared_ptr<const void> Enter() {
    // In this order, which holds for all threads alike, so that whoever finds a closed gate empty has missed nobody.
    ++*inside_;
    std::shared_ptr<const void> pass(inside_.get(), [inside = inside_](const void*) { --*inside; });
    return closed_ ? nullptr : pass;
  }

  void Close() { closed_ = true; }

  // Calls that have a pass.
  size_t inside() const { return *inside_; }

 private:
  std::atomic<bool> closed_ = false;
  // Of its own: a shared_ptr's count is read without any order towards the rest.
  const std::shared_ptr<std::atomic<size_t>> inside_ = std::make_shared<std::atomic<size_t>>(0);
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_EDGE_GATE_H_
