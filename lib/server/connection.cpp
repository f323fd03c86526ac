#include "server/connection.hpp"

#include <fcntl.h>
#include <sys/socket.h>

namespace jujubackup {

void Connection::hold_socket(const Fd& socket) {
  const std::lock_guard lock(mutex_);
  socket_ = Fd(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 3));
  if (stopping_) interrupt();
}

void Connection::attach(TlsStream& stream) {
  const std::lock_guard lock(mutex_);
  socket_.reset();
  stream_ = &stream;
  if (stopping_) interrupt();
}

void Connection::interrupt() noexcept {
  if (socket_) ::shutdown(socket_.get(), SHUT_RDWR);
  if (stream_ != nullptr) stream_->interrupt();
}

void Connection::detach() noexcept {
  const std::lock_guard lock(mutex_);
  stream_ = nullptr;
}

void Connection::stop() noexcept {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  if (running_.empty()) interrupt();
}

void Connection::cut() noexcept {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (Job* job : running_) job->cancel();
  interrupt();
}

bool Connection::stopping() const noexcept {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

bool Connection::begin(Job& job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  running_.insert(&job);
  return true;
}

void Connection::end(Job& job) noexcept {
  const std::lock_guard lock(mutex_);
  running_.erase(&job);
}

}  // namespace jujubackup
