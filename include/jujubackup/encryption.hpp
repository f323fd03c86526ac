// Encryption in the age file format (age-encryption.org/v1), which the tools `age` and `rage` open as well.
//
// A file is encrypted to recipients: public keys of age (age1...), SSH keys (ssh-ed25519, ssh-rsa), any number of them, or one passphrase
// alone. Each of the identities that belong to them opens it. Everything is streamed; what was encrypted may have any size.
//
// Objects are used by one thread at a time. Secrets are wiped from memory when they are no longer needed, and no message holds one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/io.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

// Bytes or text of fixed length that are wiped when they are given up. Moved, never copied by accident.
class Secret {
 public:
  Secret() noexcept = default;
  explicit Secret(std::size_t size_bytes);  // zeros
  explicit Secret(std::string_view text);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  Secret copy() const { return Secret(text()); }
  std::span<std::byte> bytes() noexcept { return {data_.get(), size_}; }
  std::span<const std::byte> bytes() const noexcept { return {data_.get(), size_}; }
  std::string_view text() const noexcept;
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  // Wipes what lies behind `size_bytes`.
  void shorten(std::size_t size_bytes) noexcept;

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0, capacity_ = 0;
};

// The tool's own choice: about a second and 256 MiB of memory. Each step up doubles both.
inline constexpr unsigned default_work_factor = 18;
// The most that the tool accepts: 4 GiB of memory.
inline constexpr unsigned max_work_factor = 22;

// Whom to encrypt to.
class Recipients {
 public:
  Recipients();
  Recipients(Recipients&&) noexcept;
  Recipients& operator=(Recipients&&) noexcept;
  ~Recipients();

  // One line: "age1...", "ssh-ed25519 AAAA...", "ssh-rsa AAAA..." with or without a comment. Error(invalid_argument) if it is malformed or
  // no recipient, Error(unsupported) if it is of another kind, Error(limit) beyond 1000.
  void add(std::string_view recipient);
  // A file with one on each line; empty lines and those that begin with '#' are skipped. The error names the line.
  void add_file(const std::string& path);
  // In place of all recipients: only the passphrase opens the file. Error(invalid_argument) if it is empty.
  void set_passphrase(Secret passphrase, unsigned work_factor = default_work_factor);
  bool empty() const noexcept;

  struct State;
  const State& state() const noexcept { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

// What opens encrypted files.
class Identities {
 public:
  Identities();
  Identities(Identities&&) noexcept;
  Identities& operator=(Identities&&) noexcept;
  ~Identities();

  // The content of an identity file: lines with AGE-SECRET-KEY-1..., others empty or beginning with '#'; or one SSH private key (OpenSSH's
  // form or PEM; Ed25519 or RSA). Error(invalid_argument) that names the line, never its content; Error(unsupported) for keys that are
  // themselves protected by a passphrase, or of another kind.
  void add(std::string_view text);
  // A file or pipe that holds such; Error(limit) beyond 1 MiB.
  void add_file(const std::string& path);
  // For files that are encrypted to a passphrase. One that asks for a higher work factor is Error(limit).
  void set_passphrase(Secret passphrase, unsigned highest_work_factor = max_work_factor);
  bool empty() const noexcept;

  struct State;
  const State& state() const noexcept { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

struct NewIdentity {
  Secret secret;          // AGE-SECRET-KEY-1..., for an identity file
  std::string recipient;  // age1..., public
};
NewIdentity make_identity();

struct EncryptionOptions {
  bool armor = false;  // as text (PEM), a third larger
};

// What is written is encrypted and written on; less than 64 KiB are held back until more comes or finish().
class EncryptingSink : public Sink {
 public:
  // Ends the file. Without it, what was written is taken for cut off. Call once; the sink below is not ended.
  virtual void finish() = 0;
};
// Writes the header at once. `sink` has to outlive the result, `recipients` need not. Error(invalid_argument) without recipients.
std::unique_ptr<EncryptingSink> encrypting_sink(Sink& sink, const Recipients& recipients, const EncryptionOptions& options = {});

// What `source`, a whole encrypted file, binary or armored, holds. The header is read and authenticated here; content is handed out only
// once the chunk of 64 KiB that it lies in has been authenticated, and the end only if it is the end that the writer made. Where the source
// has random access and is binary, so has the result, and its end is looked at here too; then its size is known.
//
// Error(permission) `no identity matches any of the recipients`, or for a wrong or missing passphrase; Error(corrupt) for damage of any
// kind, here or while reading; Error(unsupported) for another version of the format; Error(limit) for a header beyond 1 MiB or 1000
// recipients, or a work factor that is too high.
std::unique_ptr<Source> decrypting_source(std::unique_ptr<Source> source, const Identities& identities);

// What `source` holds, whether it is encrypted or not: one that is goes through decrypting_source, another is handed on as it is, also if
// it can be read only once. Error(permission) `<name> is encrypted: an identity is needed` without identities (null or empty).
std::unique_ptr<Source> decrypted(std::unique_ptr<Source> source, const Identities* identities);

// Whether a file that begins like this is encrypted; 64 bytes are enough.
bool is_encrypted(std::span<const std::byte> prefix) noexcept;

// What can be told without an identity. None of it is authenticated.
struct EncryptedFacts {
  bool armored = false;
  std::vector<std::string> recipient_kinds;  // of each recipient: "X25519", "scrypt", "ssh-ed25519", "ssh-rsa", or what a later age wrote
  std::uint64_t content_bytes = 0;           // by the length of the file
};
// Reads `source` from its position to its end, the outer form of all of it. Errors as of decrypting_source, but for those that need a key.
EncryptedFacts inspect_encrypted(Source& source);

}  // namespace jujubackup
