#include "storage/group_committer.h"

#include <iterator>
#include <utility>

namespace sandglass::storage {
namespace {

size_t BytesOf(const std::vector<Change>& changes) {
  size_t bytes = 0;
  for (const Change& change : changes) bytes += change.key.size() + change.value.size();
  return bytes;
}

}  // namespace

GroupCommitter::GroupCommitter(Write write, size_t max_batch_bytes)
    : write_(std::move(write)), max_batch_bytes_(max_batch_bytes), thread_([this] { Run(); }) {}

GroupCommitter::~GroupCommitter() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void GroupCommitter::Submit(std::shared_ptr<Lane> lane, std::vector<Change> changes, Done done) {
  const size_t bytes = BytesOf(changes);
  {
    MutexLock lock(mutex_);
    queue_.push_back({std::move(lane), std::move(changes), std::move(done), bytes});
    pending_bytes_ += bytes;
  }
  changed_.NotifyAll();
}

absl::Status GroupCommitter::Commit(std::vector<Change> changes) {
  Mutex mutex;
  CondVar finished;
  bool done = false;
  absl::Status result;
  Submit(std::make_shared<Lane>(), std::move(changes), [&](const absl::Status& status) {
    MutexLock lock(mutex);
    result = status;
    done = true;
    // Under the lock: the waiter may return, and with it these objects go, as soon as it can take the lock.
    finished.NotifyAll();
  });
  MutexLock lock(mutex);
  while (!done) finished.Wait(mutex);
  return result;
}

size_t GroupCommitter::pending_bytes() const {
  MutexLock lock(mutex_);
  return pending_bytes_;
}

void GroupCommitter::Run() {
  while (true) {
    std::vector<Item> items;
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && !stopping_) changed_.Wait(mutex_);
      if (queue_.empty()) return;
      items = TakeBatch();
    }
    WriteBatch(items);
  }
}

std::vector<GroupCommitter::Item> GroupCommitter::TakeBatch() {
  std::vector<Item> items;
  size_t bytes = 0;
  while (!queue_.empty() && (items.empty() || bytes + queue_.front().bytes <= max_batch_bytes_)) {
    bytes += queue_.front().bytes;
    items.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return items;
}

void GroupCommitter::WriteBatch(std::vector<Item>& items) {
  std::vector<Change> changes;
  size_t bytes = 0;
  for (Item& item : items) {
    bytes += item.bytes;
    if (!item.lane->failure.ok()) continue;
    changes.insert(changes.end(), std::make_move_iterator(item.changes.begin()),
                   std::make_move_iterator(item.changes.end()));
  }
  const absl::Status status = changes.empty() ? absl::OkStatus() : write_(changes);
  {
    MutexLock lock(mutex_);
    pending_bytes_ -= bytes;
  }
  for (Item& item : items) {
    if (item.lane->failure.ok()) item.lane->failure = status;
    item.done(item.lane->failure);
  }
}

}  // namespace sandglass::storage
