#include "encryption_options.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <jujubackup/error.hpp>

#include "document.hpp"
#include "passphrase.hpp"

namespace cli {
namespace {

Option passphrase_file_option(std::string help) { return value("passphrase-file", "FILE", std::move(help), Hint::file); }

Option identity_option() {
  Option identity =
      repeatable(value("identity", "FILE", "What opens encrypted backups: an age identity file or an SSH private key", Hint::file));
  identity.fallback = "the file that $JUJUBACKUP_IDENTITY names";
  return identity;
}

// How files begin that take a passphrase, which the format allows nothing beside. As text: base64 of all but the last bytes.
constexpr std::string_view passphrase_binary = "age-encryption.org/v1\n-> scrypt ";
constexpr std::string_view passphrase_armored = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlw";

// Bytes that were read already, then the rest of a source.
class Unread final : public jujubackup::Source {
 public:
  Unread(std::vector<std::byte> begin, std::unique_ptr<jujubackup::Source> rest) : begin_(std::move(begin)), rest_(std::move(rest)) {}

  std::size_t read(std::span<std::byte> into) override {
    if (given_ == begin_.size()) return rest_->read(into);
    const std::span<const std::byte> piece = std::span(begin_).subspan(given_, std::min(into.size(), begin_.size() - given_));
    std::copy(piece.begin(), piece.end(), into.begin());
    given_ += piece.size();
    return piece.size();
  }
  void rewind() override {
    rest_->rewind();
    given_ = begin_.size();
  }
  std::optional<std::uint64_t> size() const override { return rest_->size(); }
  bool random_access() const noexcept override { return rest_->random_access(); }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override { return rest_->read_at(offset, into); }
  std::string name() const override { return rest_->name(); }

 private:
  std::vector<std::byte> begin_;
  std::unique_ptr<jujubackup::Source> rest_;
  std::size_t given_ = 0;
};

Outside outside_of(std::span<const std::byte> begin) {
  if (!jujubackup::is_encrypted(begin)) return Outside::plain;
  std::string_view text(reinterpret_cast<const char*>(begin.data()), begin.size());  // NOLINT: bytes as text
  if (text.starts_with(passphrase_binary)) return Outside::passphrase;
  // White space may come first, and lines may end in either way.
  return text.find(passphrase_armored) != std::string_view::npos ? Outside::passphrase : Outside::encrypted;
}

}  // namespace

std::vector<Option> recipient_options() {
  return {repeatable(value("encrypt-to", "RECIPIENT",
                           "Encrypt to this public key, an age recipient (age1...) or SSH key (\"ssh-ed25519 AAAA...\")")),
          repeatable(value("recipients-file", "FILE", "Encrypt to the public keys in this file, one a line", Hint::file)),
          flag("passphrase", "Encrypt to a passphrase, which is asked for on the terminal"),
          passphrase_file_option("Encrypt to the passphrase that is the first line of this file")};
}

std::vector<Option> identity_options() {
  return {identity_option(), passphrase_file_option("The first line of this file is the passphrase; by default the terminal is asked")};
}

std::vector<Option> recipient_and_identity_options() {
  std::vector<Option> options = recipient_options();
  options.back().help = "The first line of this file is the passphrase, to encrypt to, or of an archive that is encrypted already";
  options.push_back(identity_option());
  return options;
}

Option armor_option() { return flag("armor", "Write text (PEM), a third larger"); }

Option bare_record_option() {
  return flag("bare-record", "Leave out of the record beside an encrypted backup what only the archive tells (notes, host, versions)");
}

std::vector<Option> with(std::vector<Option> options, const std::vector<Option>& more) {
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

bool wants_encryption(const Arguments& arguments) {
  return arguments.has("encrypt-to") || arguments.has("recipients-file") || arguments.has("passphrase") || arguments.has("passphrase-file");
}

std::string encryption_option_given(const Arguments& arguments) {
  for (const char* name : {"encrypt-to", "recipients-file", "passphrase", "passphrase-file", "bare-record"}) {
    if (arguments.has(name)) return name;
  }
  return "";
}

std::shared_ptr<const jujubackup::Recipients> recipients_from(const Arguments& arguments) {
  if (!wants_encryption(arguments)) return nullptr;
  for (const char* passphrase : {"passphrase", "passphrase-file"}) {
    for (const char* key : {"encrypt-to", "recipients-file"}) {
      if (arguments.has(passphrase) && arguments.has(key))
        throw UsageError("cannot mix --" + std::string(key) + " and --" + passphrase + ": a passphrase stands alone");
    }
  }
  if (arguments.has("passphrase") && arguments.has("passphrase-file")) throw UsageError("cannot mix --passphrase and --passphrase-file");
  auto recipients = std::make_shared<jujubackup::Recipients>();
  for (const std::string& recipient : arguments.all("encrypt-to")) recipients->add(recipient);
  for (const std::string& path : arguments.all("recipients-file")) recipients->add_file(path);
  if (arguments.has("passphrase")) recipients->set_passphrase(ask_new_passphrase());
  if (arguments.has("passphrase-file")) recipients->set_passphrase(read_passphrase_file(arguments.get("passphrase-file")));
  return recipients;
}

jujubackup::StoreEncryption store_encryption_from(const Arguments& arguments) {
  if (arguments.has("bare-record") && !wants_encryption(arguments)) {
    throw UsageError("--bare-record is for encrypted backups: missing --encrypt-to, --recipients-file or --passphrase");
  }
  jujubackup::StoreEncryption encryption;
  encryption.recipients = recipients_from(arguments);
  encryption.bare_record = arguments.has("bare-record");
  return encryption;
}

std::shared_ptr<const jujubackup::Identities> identities_given(const Arguments& arguments) {
  std::vector<std::string> files = arguments.all("identity");
  if (const char* named = std::getenv("JUJUBACKUP_IDENTITY"); files.empty() && named != nullptr && *named != '\0')
    files.emplace_back(named);
  if (files.empty() && !arguments.has("passphrase-file")) return nullptr;
  auto identities = std::make_shared<jujubackup::Identities>();
  for (const std::string& path : files) identities->add_file(path);
  if (arguments.has("passphrase-file")) identities->set_passphrase(read_passphrase_file(arguments.get("passphrase-file")));
  return identities;
}

LookedAt look_at(std::unique_ptr<jujubackup::Source> source) {
  // Enough for an armored header behind the longest line of armor, and a little white space.
  std::vector<std::byte> begin(256);
  std::size_t size = 0;
  while (size < begin.size()) {
    const std::size_t got = source->read(std::span(begin).subspan(size));
    if (got == 0) break;
    size += got;
  }
  begin.resize(size);
  const Outside outside = outside_of(begin);
  return {std::make_unique<Unread>(std::move(begin), std::move(source)), outside};
}

std::shared_ptr<const jujubackup::Identities> find_identities(const Arguments& arguments, Outside outside, const std::string& name) {
  // An identity is of no use for a file that takes a passphrase, and may well be there for all the others.
  if (outside != Outside::passphrase || arguments.has("passphrase-file")) return identities_given(arguments);
  std::optional<jujubackup::Secret> passphrase = ask_passphrase("Passphrase of " + printable(name) + ": ");
  if (!passphrase) return nullptr;
  if (passphrase->empty()) throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument, "the passphrase is empty");
  auto identities = std::make_shared<jujubackup::Identities>();
  identities->set_passphrase(std::move(*passphrase));
  return identities;
}

std::shared_ptr<const jujubackup::Identities> need_identities(const Arguments& arguments, Outside outside, const std::string& name) {
  auto identities = find_identities(arguments, outside, name);
  if (identities != nullptr) return identities;
  throw jujubackup::Error(
      jujubackup::ErrorCode::permission,
      printable(name) + (outside == Outside::passphrase ? " is encrypted to a passphrase, and there is no terminal to ask for it: missing "
                                                          "--passphrase-file"
                                                        : " is encrypted: missing --identity, or $JUJUBACKUP_IDENTITY"));
}

std::unique_ptr<jujubackup::Source> opened(std::unique_ptr<jujubackup::Source> source, const Arguments& arguments) {
  LookedAt looked = look_at(std::move(source));
  if (looked.outside == Outside::plain) return std::move(looked.source);
  const auto identities = need_identities(arguments, looked.outside, looked.source->name());
  return decrypting_source(std::move(looked.source), *identities);
}

}  // namespace cli
