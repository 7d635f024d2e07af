// The signals by which a user or the system speaks to a server.
//
// They come by a handler and a pipe: blocking them for sigwait would need every thread's help, and libraries start some
// before main that do not block anything. One object at a time, for one thread.
#ifndef SANDGLASS_ANALYZER_SERVE_EDGE_SIGNALS_H_
#define SANDGLASS_ANALYZER_SERVE_EDGE_SIGNALS_H_

#include <vector>

#include "absl/time/time.h"

namespace sandglass::serve {

class Signals {
 public:
  // Takes these signals from their usual meaning.
  explicit Signals(const std::vector<int>& signals);
  // Gives it back.
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // The next signal that came, or comes within `patience`; 0: none did.
  int Wait(absl::Duration patience);

 private:
  const std::vector<int> signals_;
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_EDGE_SIGNALS_H_
