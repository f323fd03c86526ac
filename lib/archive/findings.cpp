#include "archive/findings.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include <jujubackup/error.hpp>

#include "base/text.hpp"

namespace jujubackup {

namespace {

constexpr const char* damaged_file = "the file is not what was written; get another copy of it";
constexpr const char* damaged_root = "controller files are missing or damaged; a restore of the machine will fail";

constexpr std::array kinds = std::to_array<FindingKind>({
    {"bson-damaged", Severity::error, "mongorestore will stop at this collection"},
    {"client-controllers-missing", Severity::warning,
     "nothing says which controllers there are; a restore brings back the other files alone"},
    {"client-yaml-bad", Severity::error, "juju refuses the file, and with it most commands"},
    {"collection-metadata-missing", Severity::note,
     "the collection is restored without its options and indexes; juju makes its indexes anew"},
    {"dump-empty", Severity::error, "there is no database to restore"},
    {"dump-juju-missing", Severity::error, "the controller's own database cannot be restored"},
    {"dump-missing", Severity::error, "there is no database to restore"},
    {"encrypted-damaged", Severity::error, damaged_file},
    {"encrypted-not-opened", Severity::warning, "nothing is known of the inside; verify it with an identity that opens it"},
    {"entry-duplicate", Severity::error, "which of them a restore uses depends on the tool; unpacking refuses the second"},
    {"entry-unexpected", Severity::note, "a restore ignores it"},
    {"entry-unsupported", Severity::error, "it is not unpacked; no juju writes such an entry"},
    {"findings-cut", Severity::note, "the archive has more of the same"},
    {"gzip-bomb", Severity::error, "no dump compresses so well; it is made to fill the disk, and what follows was not looked at"},
    {"gzip-damaged", Severity::error, damaged_file},
    {"gzip-not", Severity::error, "this is no backup archive"},
    {"gzip-trailing", Severity::error, "strict readers, juju among them, refuse the file; something was added after it was written"},
    {"gzip-trailing-json", Severity::error, "the server failed while it sent the file; do not trust the download, get it again"},
    {"gzip-truncated", Severity::error, "the rest is missing; get the file again"},
    {"link-broken", Severity::error, "the link cannot be made when unpacking"},
    {"link-outside", Severity::warning, "after unpacking it leads out of the folder; nothing is ever written through it"},
    {"manifest-bad", Severity::error, "the list of what should be inside cannot be read, so nothing was compared with it"},
    {"manifest-mismatch", Severity::error, "the archive does not hold what was backed up"},
    {"manifest-missing", Severity::error, "the end of the archive is missing or was changed"},
    {"manifest-unchecked", Severity::note, "these files were only checked by the checksums of gzip"},
    {"manifest-warnings", Severity::warning, "the backup was incomplete from the start; see whether that matters"},
    {"metadata-bad", Severity::error, "juju and its restore tool refuse an archive with a record that they cannot read"},
    {"metadata-checksum", Severity::warning, "the record inside speaks of another file; juju would show wrong values"},
    {"metadata-duplicate", Severity::error, "tools disagree on which record counts"},
    {"metadata-missing", Severity::warning, "normal for juju 1.20 and older; newer tools cannot tell which controller this is"},
    {"metadata-version", Severity::error, "written by a juju that this library does not know; its restore tool is needed"},
    {"name-unsafe", Severity::error, "unpacking refuses it; it may be an attack"},
    {"oplog-missing", Severity::warning, "changes made while the dump ran are not in it; collections may disagree with each other"},
    {"recorded-id", Severity::error, "this is not the file that was recorded"},
    {"recorded-sha1", Severity::error, "this is not the file that was recorded"},
    {"recorded-sha256", Severity::error, "this is not the file that was recorded"},
    {"recorded-size", Severity::error, "this is not the file that was recorded"},
    {"root-file-missing", Severity::warning, "the machine cannot be rebuilt from this archive alone"},
    {"root-tar-damaged", Severity::error, damaged_root},
    {"root-tar-end-missing", Severity::error, damaged_root},
    {"root-tar-missing", Severity::error, "there are no controller files to restore"},
    {"root-tar-trailing", Severity::error, damaged_root},
    {"root-tar-truncated", Severity::error, damaged_root},
    {"seal-mismatch", Severity::error, damaged_file},
    {"seal-missing", Severity::error, "the end of the file is missing; get another copy of it"},
    {"tar-damaged", Severity::error, "what follows this place cannot be unpacked"},
    {"tar-end-missing", Severity::error, "the end of the archive is missing"},
    {"tar-trailing", Severity::error, "something was added after the archive's end; a restore ignores it or fails"},
    {"tar-truncated", Severity::error, "the end of the archive is missing"},
    {"too-many-entries", Severity::error, "no controller has so many files; what follows was not looked at"},
});

const FindingKind& kind_of(std::string_view code) {
  const auto* found = std::lower_bound(kinds.begin(), kinds.end(), code,
                                       [](const FindingKind& kind, std::string_view wanted) { return kind.code < wanted; });
  if (found == kinds.end() || found->code != code) throw Error(ErrorCode::internal, fmt::format("no such kind of finding: {}", code));
  return *found;
}

// A name fits whole, below root.tar too. Longer texts come from a manifest or a record that was made for that.
constexpr std::size_t max_text_bytes = 4200;

std::string bounded(std::string_view text) {
  return text.size() <= max_text_bytes ? printable(text) : printable(text.substr(0, max_text_bytes)) + "...";
}

}  // namespace

std::span<const FindingKind> finding_kinds() noexcept { return kinds; }

Findings::Findings(std::vector<Finding>& into) : into_(into), seen_(kinds.size()) {}

void Findings::add(std::string_view code, std::string_view where, std::string_view message) {
  const FindingKind& kind = kind_of(code);
  const auto index = static_cast<std::size_t>(&kind - kinds.data());
  const bool first = !seen_[index];
  seen_[index] = true;
  static_assert(many + kinds.size() <= limit);
  if (into_.size() < many || first) {
    Finding finding{kind.severity, kind.code, bounded(where), bounded(message), kind.meaning};
    into_.insert(left_out_ == 0 ? into_.end() : into_.end() - 1, std::move(finding));
    return;
  }
  if (left_out_ == 0) {
    const FindingKind& cut = kind_of("findings-cut");
    into_.push_back({cut.severity, cut.code, "", "", cut.meaning});
  }
  ++left_out_;
  Finding& last = into_.back();
  last.severity = std::max(last.severity, kind.severity);
  last.message = left_out_ == 1 ? "1 more finding is left out" : fmt::format("{} more findings are left out", left_out_);
}

void Findings::add(const ArchiveFault& fault, bool inside_root_tar) {
  const std::string_view code = fault.finding();
  add(inside_root_tar && code.starts_with("tar-") ? "root-" + std::string(code) : std::string(code), fault.where(), fault.text());
}

}  // namespace jujubackup
