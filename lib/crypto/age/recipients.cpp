#include <string>
#include <utility>

#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>

#include "crypto/age/header.hpp"
#include "crypto/age/key_text.hpp"
#include "crypto/age/keys.hpp"

namespace jujubackup {

Recipients::Recipients() : state_(std::make_unique<State>()) {}
Recipients::Recipients(Recipients&&) noexcept = default;
Recipients& Recipients::operator=(Recipients&&) noexcept = default;
Recipients::~Recipients() = default;

bool Recipients::empty() const noexcept { return state_->keys.empty() && state_->passphrase.empty(); }

void Recipients::add(std::string_view recipient) {
  const std::string_view text = age::trimmed(recipient);
  if (!state_->passphrase.empty()) throw Error(ErrorCode::invalid_argument, "a passphrase cannot be combined with other recipients");
  if (state_->keys.size() == age::max_recipients) {
    throw Error(ErrorCode::limit, "more than " + std::to_string(age::max_recipients) + " recipients");
  }
  // The text is not repeated: somebody may have mistaken a secret for it.
  if (text.starts_with(age::recipient_prefix)) {
    state_->keys.push_back(age::x25519_recipient(text));
  } else if (text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-")) {
    state_->keys.push_back(age::ssh_recipient(text));
  } else if (text.starts_with(age::identity_prefix)) {
    throw Error(ErrorCode::invalid_argument, "this is a secret key, not a recipient; its recipient begins with age1");
  } else {
    throw Error(ErrorCode::invalid_argument, "malformed recipient: neither age1... nor an SSH public key");
  }
}

void Recipients::add_file(const std::string& path) {
  const Secret text = age::read_key_file(path);
  try {
    std::size_t found = 0;
    age::for_each_key_line(text.text(), [&](std::string_view line) {
      add(line);
      ++found;
    });
    if (found == 0) throw Error(ErrorCode::invalid_argument, "no recipient in it");
  } catch (Error& error) {
    error.add_context("recipients in " + path);
    throw;
  }
}

void Recipients::set_passphrase(Secret passphrase, unsigned work_factor) {
  if (!state_->keys.empty()) throw Error(ErrorCode::invalid_argument, "a passphrase cannot be combined with other recipients");
  if (passphrase.empty()) throw Error(ErrorCode::invalid_argument, "the passphrase is empty");
  if (work_factor < 1 || work_factor > max_work_factor) {
    throw Error(ErrorCode::invalid_argument, "a work factor is from 1 to " + std::to_string(max_work_factor));
  }
  state_->passphrase = std::move(passphrase);
  state_->work_factor = work_factor;
}

}  // namespace jujubackup
