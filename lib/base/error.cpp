#include <jujubackup/error.hpp>

#include <cerrno>
#include <system_error>
#include <utility>

namespace jujubackup {

struct Error::State {
  ErrorCode code;
  std::string message;
  std::vector<std::string> context;
  bool retry = false;
  int system_error = 0;
  std::string what;
};

namespace {

ErrorCode code_of_errno(int err) {
  switch (err) {
    case ENOENT:
    case ENOTDIR: return ErrorCode::not_found;
    case EEXIST:
    case ENOTEMPTY: return ErrorCode::exists;
    case EACCES:
    case EPERM:
    case EROFS: return ErrorCode::permission;
    case ENOSPC:
    case EDQUOT: return ErrorCode::no_space;
    case EBUSY:
    case ETXTBSY: return ErrorCode::busy;
    default: return ErrorCode::io;
  }
}

}  // namespace

std::string_view name_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid-argument";
    case ErrorCode::not_found: return "not-found";
    case ErrorCode::exists: return "exists";
    case ErrorCode::permission: return "permission";
    case ErrorCode::no_space: return "no-space";
    case ErrorCode::io: return "io";
    case ErrorCode::corrupt: return "corrupt";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::limit: return "limit";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::busy: return "busy";
    case ErrorCode::program: return "program";
    case ErrorCode::internal: return "internal";
  }
  return "unknown";
}

Error::Error(ErrorCode code, std::string message, bool retry_may_help) : state_(std::make_shared<State>()) {
  state_->code = code;
  state_->what = message;
  state_->message = std::move(message);
  state_->retry = retry_may_help;
}

Error Error::from_errno(int err, std::string_view doing) {
  const bool retry = err == EAGAIN || err == EINTR || err == EBUSY || err == ENOSPC || err == EIO;
  Error error(code_of_errno(err), std::string(doing) + ": " + std::generic_category().message(err), retry);
  error.state_->system_error = err;
  return error;
}

ErrorCode Error::code() const noexcept { return state_->code; }
const std::string& Error::message() const noexcept { return state_->message; }
const std::vector<std::string>& Error::context() const noexcept { return state_->context; }
bool Error::retry_may_help() const noexcept { return state_->retry; }
int Error::system_error() const noexcept { return state_->system_error; }
const char* Error::what() const noexcept { return state_->what.c_str(); }

Error& Error::add_context(std::string_view doing) {
  // Copies of an exception share their state; one that is still in flight elsewhere must not change.
  if (state_.use_count() > 1) state_ = std::make_shared<State>(*state_);
  state_->context.insert(state_->context.begin(), std::string(doing));
  state_->what = std::string(doing) + ": " + state_->what;
  return *this;
}

}  // namespace jujubackup
