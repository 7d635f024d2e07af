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
    // In this order, so that whoever finds a closed gate empty has missed nobody.
    std::shared_ptr<const void> pass = inside_;
    return closed_ ? nullptr : pass;
  }

  void Close() { closed_ = true; }

  // Calls that have a pass.
  size_t inside() const { return static_cast<size_t>(inside_.use_count()) - 1; }

 private:
  std::atomic<bool> closed_ = false;
  // Each pass is one more use of it.
  const std::shared_ptr<const bool> inside_ = std::make_shared<const bool>(true);
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_EDGE_GATE_H_
