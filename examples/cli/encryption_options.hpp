// Whom backups are encrypted to, and what opens them: the options for both, and sources that are opened with them.
//
// Nothing secret is ever an argument. What opens a backup is looked for only when an encrypted one was met.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <jujubackup/encryption.hpp>
#include <jujubackup/io.hpp>
#include <jujubackup/store.hpp>

#include "command.hpp"

namespace cli {

// --encrypt-to, --recipients-file, --passphrase, --passphrase-file
std::vector<Option> recipient_options();
// --identity, --passphrase-file
std::vector<Option> identity_options();
// Both, for a command that reads and writes.
std::vector<Option> recipient_and_identity_options();
Option armor_option();
Option bare_record_option();
// `more` behind `options`.
std::vector<Option> with(std::vector<Option> options, const std::vector<Option>& more);

bool wants_encryption(const Arguments& arguments);
// The first of recipient_options() and --bare-record that was given; "" if none was.
std::string encryption_option_given(const Arguments& arguments);
// Asks for a new passphrase where one is wanted. Null if no encryption is.
std::shared_ptr<const jujubackup::Recipients> recipients_from(const Arguments& arguments);
// UsageError for --bare-record without recipients.
jujubackup::StoreEncryption store_encryption_from(const Arguments& arguments);

// What was given: --identity, else the file that $JUJUBACKUP_IDENTITY names; --passphrase-file. Null if nothing was.
std::shared_ptr<const jujubackup::Identities> identities_given(const Arguments& arguments);

// How a file begins, as far as it matters here.
enum class Outside { plain, encrypted, passphrase };

// A source whose beginning was looked at. It can be read from the first byte, also if it is a pipe.
struct LookedAt {
  std::unique_ptr<jujubackup::Source> source;
  Outside outside = Outside::plain;
};
LookedAt look_at(std::unique_ptr<jujubackup::Source> source);

// identities_given; else, where it takes a passphrase and there is a terminal, what is asked for there. Null if there is nothing.
std::shared_ptr<const jujubackup::Identities> find_identities(const Arguments& arguments, Outside outside, const std::string& name);
// The same; Error(permission) that says what to do if there is nothing.
std::shared_ptr<const jujubackup::Identities> need_identities(const Arguments& arguments, Outside outside, const std::string& name);

// What `source` holds, decrypted where it is encrypted.
std::unique_ptr<jujubackup::Source> opened(std::unique_ptr<jujubackup::Source> source, const Arguments& arguments);

}  // namespace cli
