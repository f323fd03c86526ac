// The whole tar stream of an archive, decided before a byte of it is written.
//
// A plan is a list of segments: header bytes, ranges of files, zeros. root.tar is planned as a part of the same list, so it is streamed
// inside of the outer tar and never exists on disk. The stream is cut into blocks, each of which becomes one gzip member; any thread
// can produce any block by itself. Cuts fall so that a block holds whole small files, or one chunk of a large one: what a worker holds
// is what the manifest's hash lists are made of.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/archive_writer.hpp>

#include "archive/tree_archive.hpp"

namespace jujubackup {

struct Segment {
  enum class Kind { bytes, file, zeros };
  Kind kind = Kind::zeros;
  std::uint64_t size_bytes = 0;
  std::size_t index = 0;          // bytes: where in Plan::bytes; file: which of Plan::files
  std::uint64_t file_offset = 0;  // file: where in it
};

struct PlannedFile {
  std::string disk_path;
  std::string path;  // in the archive
  std::uint64_t size_bytes = 0;
  std::shared_ptr<const std::string> content;  // if it was read beforehand
};

struct Block {
  std::size_t first_segment = 0, segments = 0;
  std::uint32_t size_bytes = 0;
};

struct Plan {
  static constexpr std::uint32_t block_bytes = 512 * 1024;
  std::vector<std::byte> bytes;  // headers, metadata.json
  std::vector<Segment> segments;
  std::vector<PlannedFile> files;
  // The first one of a controller archive holds juju-backup/ and metadata.json and nothing else.
  std::vector<Block> blocks;
  std::uint64_t content_bytes = 0;    // without manifest and end
  std::vector<std::string> warnings;  // what was left out, and why
};

// Looks at every file once (size, mode, owner, time).
Plan make_plan(const ArchiveInput& input, bool strict, Job* job);
// Looks at nothing: the entries are as they were found.
Plan make_plan(const TreeInput& input, bool strict, Job* job);

// Header, content and padding of the manifest, and the two zero blocks that end the tar.
std::vector<std::byte> make_tail(std::string_view manifest_name, const std::string& manifest_json, std::int64_t mtime_s);

}  // namespace jujubackup
