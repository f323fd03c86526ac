#include "archive/archive_state.hpp"

#include <string>

#include "archive/fault.hpp"
#include "archive/layout.hpp"
#include "archive/map_stream.hpp"
#include "archive/tar_reader.hpp"

namespace jujubackup {
namespace {

class Walk {
 public:
  Walk(const EntryVisit& visit, gzip::MemberMap* map, Job* job) : visit_(visit), map_(map), job_(job) {}

  void run(Stream& content) {
    tar::TarReader reader(content, "");
    while (std::optional<Entry> entry = reader.next()) {
      if (entry->path.empty() || entry->path == ".") continue;
      refuse_second(*entry);
      tar::EntryStream data(reader);
      const Step step = visit_(*entry, data);
      if (step == Step::stop) return;
      if (step == Step::enter && enter(reader, *entry) == Step::stop) return;
    }
  }

 private:
  Step enter(tar::TarReader& reader, const Entry& root_tar) {
    if (map_ == nullptr) {
      tar::EntryStream data(reader);
      return run_inside(data);
    }
    const std::uint64_t begin = reader.data_offset();
    MapStream data(*map_, begin, begin + root_tar.size_bytes, job_);
    return run_inside(data);
  }

  Step run_inside(Stream& content) {
    const std::string prefix = std::string(layout::root_tar) + "/";
    tar::TarReader reader(content, std::string(layout::root_tar));
    while (std::optional<Entry> entry = reader.next()) {
      if (entry->path.empty() || entry->path == ".") continue;
      entry->path.insert(0, prefix);
      if (entry->type == EntryType::hardlink) entry->link_target.insert(0, prefix);
      tar::EntryStream data(reader);
      if (visit_(*entry, data) == Step::stop) return Step::stop;
    }
    return Step::next;
  }

  void refuse_second(const Entry& entry) {
    if (entry.path == layout::metadata && metadata_seen_++ > 0) {
      throw ArchiveFault("metadata-duplicate", entry.path, "it is in the archive twice");
    }
    if (entry.path == layout::root_tar && root_seen_++ > 0) {
      throw ArchiveFault("entry-duplicate", entry.path, "it is in the archive twice");
    }
  }

  const EntryVisit& visit_;
  gzip::MemberMap* map_;
  Job* job_;
  int metadata_seen_ = 0;
  int root_seen_ = 0;
};

}  // namespace

Source& Archive::State::from_start() {
  if (read_before) source->rewind();
  read_before = true;
  return *source;
}

gzip::MemberMap* Archive::State::members() {
  if (!members_looked_for) member_map = gzip::MemberMap::find(*source);
  members_looked_for = true;
  return member_map.get();
}

void Archive::State::walk(Access access, const EntryVisit& visit, Job* job, const gzip::GzipReader::Tap& tap) {
  try {
    gzip::MemberMap* map = access == Access::sparse ? members() : nullptr;
    Walk walk(visit, map, job);
    if (map != nullptr) {
      MapStream content(*map, 0, map->content_bytes(), job);
      walk.run(content);
      return;
    }
    gzip::GzipReader content(from_start(), {access == Access::beginning ? 1 : job_threads(job), false, tap}, job);
    walk.run(content);
  } catch (Error& error) {
    error.add_context("reading " + source->name());
    throw;
  }
}

}  // namespace jujubackup
