// Ends a run in good order when the user or the system asks for it by SIGINT or SIGTERM.
//
// One InterruptGuard may exist at a time. Programs that are started meanwhile get their usual signals.
#ifndef SANDGLASS_COLLECTORS_MAIN_INTERRUPT_H_
#define SANDGLASS_COLLECTORS_MAIN_INTERRUPT_H_

#include <atomic>
#include <functional>
#include <thread>

namespace sandglass::collectors {

class InterruptGuard {
 public:
  // At the first signal `cancel` is called, on a thread of the guard's own; it must make the run end soon. If the
  // guard is still there some seconds later, or a second signal comes, `last_words` is called and the process ends with
  // exit code 1.
  InterruptGuard(std::function<void()> cancel, std::function<void()> last_words);
  // Signals mean again what they meant before.
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // Whether a signal came. May be called from any thread.
  bool interrupted() const { return interrupted_; }

 private:
  void Watch();

  const std::function<void()> cancel_;
  const std::function<void()> last_words_;
  std::atomic<bool> interrupted_ = false;
  std::thread watcher_;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_INTERRUPT_H_
