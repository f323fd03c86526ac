// What is inside of an archive: every entry of the outer tar and of root.tar, compared with what a restore needs.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <jujubackup/job.hpp>
#include <jujubackup/verify.hpp>

#include "archive/dump_check.hpp"
#include "archive/findings.hpp"
#include "archive/manifest.hpp"
#include "archive/manifest_check.hpp"
#include "archive/member_map.hpp"
#include "archive/name_set.hpp"
#include "archive/root_check.hpp"
#include "archive/stream.hpp"
#include "archive/tar_reader.hpp"

namespace jujubackup {

class ContentCheck {
 public:
  // Entries, documents and metadata are noted in `report`, whose depth decides whether the content of files is read.
  // Without `digests` those of the manifest are not compared: who has just computed them of the same bytes need not do it again.
  ContentCheck(VerifyReport& report, Findings& findings, Job* job, bool digests = true)
      : report_(report), findings_(findings), job_(job), digests_(digests), dump_(findings) {}

  // Reads the outer tar to its end. With a map, which must be that of `content`, root.tar is hopped through as well. A fault of root.tar
  // or in a file becomes a finding; one of the outer tar or below it is thrown on.
  void run(Stream& content, gzip::MemberMap* map);
  // For an archive whose entries were all seen: what should have come and did not.
  void finish();
  // The manifest is the last entry, so with it all entries were seen.
  bool saw_manifest() const noexcept { return manifest_seen_; }

 private:
  using Take = std::function<void(std::span<const std::byte>)>;

  void outer_entry(const Entry& entry, tar::TarReader& reader, gzip::MemberMap* map);
  void root_entry(Entry entry, tar::TarReader& reader);
  void read_root(Stream& content);
  void read_metadata(const Entry& entry, tar::TarReader& reader);
  void read_manifest(const Entry& entry, tar::TarReader& reader);
  void read_dump(const Entry& entry, tar::TarReader& reader);
  // A regular file: its content goes to `take` and its digest to the manifest check.
  void read_file(const Entry& entry, tar::TarReader& reader, const Take& take);
  // Whether an entry of that name may come; a finding if there was one before, or if it cannot be unpacked.
  bool first_of_its_name(const Entry& entry);
  // Whether unpacking can make a file at `place`, seen from its name alone and the names before it.
  bool place_is_possible(std::string_view path, std::string_view place);
  void check_link(const Entry& entry, bool inside_root_tar);

  bool full() const noexcept { return report_.depth == Depth::full; }

  VerifyReport& report_;
  Findings& findings_;
  Job* job_;
  bool digests_;
  DumpCheck dump_;
  RootCheck root_;
  ManifestCheck manifest_;
  HashList hashes_;
  NameSet names_;     // the places where entries are unpacked to
  NameSet symlinks_;  // those of symbolic links
  bool metadata_seen_ = false;
  bool manifest_seen_ = false;
  bool root_seen_ = false;
};

}  // namespace jujubackup
