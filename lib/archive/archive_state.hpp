// What an Archive holds, and the one walk over its entries that listing, reading and unpacking share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include <jujubackup/archive.hpp>

#include "archive/gzip_reader.hpp"
#include "archive/member_map.hpp"
#include "archive/stream.hpp"

namespace jujubackup {

enum class Step { next, enter, stop };  // enter: only for root.tar, whose entries come next

enum class Access {
  in_order,   // from the first byte of the file on; when read to the end, every checksum was compared
  beginning,  // the same, and most likely not far: nothing is read ahead
  sparse,     // where the file is a sealed one of ours, only the members that are needed
};

// `content` is the content of the entry; it may be left unread.
using EntryVisit = std::function<Step(const Entry& entry, Stream& content)>;

struct Archive::State {
  explicit State(std::unique_ptr<Source> from) : source(std::move(from)) {}

  // The source at its first byte: rewound if it was read before. Error(unsupported) for the second pass over a pipe.
  Source& from_start();
  // Null unless the file is a sealed one of ours with random access.
  gzip::MemberMap* members();

  // Entries inside of root.tar are named below it. A second metadata.json or root.tar is an ArchiveFault where it is met. `tap`
  // sees every byte of the file unless the access is sparse.
  void walk(Access access, const EntryVisit& visit, Job* job, const gzip::GzipReader::Tap& tap = {});

  std::unique_ptr<Source> source;
  std::optional<std::int64_t> changed_s;  // when the file's inode changed, where there is a file
  bool read_before = false;
  bool members_looked_for = false;
  std::unique_ptr<gzip::MemberMap> member_map;
};

}  // namespace jujubackup
