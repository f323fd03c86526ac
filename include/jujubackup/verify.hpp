// What a verification found.
//
// An archive is verified when every byte was read and every redundancy compared: gzip checksum, length and end; tar structure;
// inner root.tar; BSON lengths; manifest; recorded size and checksum; expected members present.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/metadata.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

class Identities;
class Job;
class Source;

enum class Severity : std::int32_t { note = 1, warning = 2, error = 3 };

std::string_view name_of(Severity severity) noexcept;

struct Finding {
  Severity severity = Severity::error;
  // Stable, for scripts: "gzip-truncated", "tar-end-missing". docs/findings.md lists them all.
  std::string code;
  std::string where;    // "offset 1234", "juju-backup/dump/juju/models.bson"; "" for the archive as a whole
  std::string message;  // what was seen
  std::string meaning;  // what it means for a restore
};

enum class Depth : std::int32_t {
  // The recorded size, the first and the last bytes, the chain of gzip members and the tar structure, the metadata. Archives of other
  // writers have no chain: they are inflated once, since nothing less shows their structure.
  quick = 1,
  // Every byte.
  full = 2,
};

struct VerifyOptions {
  Depth depth = Depth::full;
  // What a record beside the archive says; compared where present.
  std::optional<std::uint64_t> recorded_size_bytes;
  std::string recorded_sha1_base64;
  std::string recorded_sha256_hex;
};

enum class Verdict : std::int32_t { ok = 0, warnings = 1, bad = 2 };

std::string_view name_of(Verdict verdict) noexcept;

struct VerifyReport {
  Depth depth = Depth::full;
  std::vector<Finding> findings;     // at most 1000; the last one then says that there are more
  std::optional<Metadata> metadata;  // if it was found and could be read

  std::uint64_t size_bytes = 0;     // of the file, as read
  std::string sha1_base64;          // of the file; "" unless every byte was read
  std::string sha256_hex;           // likewise
  std::uint64_t content_bytes = 0;  // of the tar stream
  std::uint64_t entries = 0;        // of the outer tar
  std::uint64_t root_entries = 0;   // of root.tar
  std::uint64_t documents = 0;      // BSON documents counted; full depth
  std::uint64_t members = 0;        // gzip members
  bool own_layout = false;          // written by this library
  bool manifest_checked = false;    // every file was compared with the manifest's digests
  bool encrypted = false;           // size and digests are then those of the encrypted file
  bool opened = false;              // an encrypted one: an identity fitted, and the inside was looked at

  Verdict verdict() const noexcept;
  bool has(std::string_view code) const noexcept;
};

// Verifies a file from its first byte, where `source` has to stand; it may be encrypted. With identities that fit, the inside of an
// encrypted one is verified as if it were not; without (null, empty, or none that fits) its outer form is looked at, all of it at
// either depth, and the finding `encrypted-not-opened` says that no more was. What options say is recorded is of the file as it is.
// Throws only when the file cannot be read.
VerifyReport verify_file(Source& source, const Identities* identities, const VerifyOptions& options = {}, Job* job = nullptr);

// One paragraph a person can read, a line per finding.
std::string to_text(const VerifyReport& report);
std::string to_json(const VerifyReport& report);
std::string to_yaml(const VerifyReport& report);

}  // namespace jujubackup
