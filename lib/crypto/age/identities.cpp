#include <algorithm>
#include <string>
#include <utility>

#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>

#include "crypto/age/key_text.hpp"
#include "crypto/age/keys.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t max_identities = 1000;

void add_text(Identities::State& state, std::string_view text) {
  if (is_encrypted(std::as_bytes(std::span(text.data(), text.size())))) {
    throw Error(ErrorCode::unsupported, "the identities are themselves encrypted; `age -d` decrypts them");
  }
  if (age::looks_like_private_key(text)) {
    state.keys.push_back(age::ssh_identity(text));
    return;
  }
  std::size_t found = 0;
  age::for_each_key_line(text, [&](std::string_view line) {
    if (state.keys.size() == max_identities) throw Error(ErrorCode::limit, "more than " + std::to_string(max_identities) + " identities");
    if (line.starts_with(age::recipient_prefix)) throw Error(ErrorCode::invalid_argument, "this is a recipient, not its secret key");
    if (!line.starts_with(age::identity_prefix)) {
      throw Error(ErrorCode::invalid_argument, "malformed identity: neither AGE-SECRET-KEY-1... nor an SSH private key");
    }
    state.keys.push_back(age::x25519_identity(line));
    ++found;
  });
  if (found == 0) throw Error(ErrorCode::invalid_argument, "no identity in it");
}

}  // namespace

Identities::Identities() : state_(std::make_unique<State>()) {}
Identities::Identities(Identities&&) noexcept = default;
Identities& Identities::operator=(Identities&&) noexcept = default;
Identities::~Identities() = default;

bool Identities::empty() const noexcept { return state_->keys.empty() && state_->passphrase.empty(); }

void Identities::add(std::string_view text) { add_text(*state_, text); }

void Identities::add_file(const std::string& path) {
  const Secret text = age::read_key_file(path);
  try {
    add_text(*state_, text.text());
  } catch (Error& error) {
    error.add_context("identities in " + path);
    throw;
  }
}

void Identities::set_passphrase(Secret passphrase, unsigned highest_work_factor) {
  if (passphrase.empty()) throw Error(ErrorCode::invalid_argument, "the passphrase is empty");
  state_->passphrase = std::move(passphrase);
  state_->highest_work_factor = std::min(highest_work_factor, max_work_factor);
}

}  // namespace jujubackup
