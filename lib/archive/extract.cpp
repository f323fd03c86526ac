#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/error.hpp>

#include "archive/archive_state.hpp"
#include "archive/layout.hpp"
#include "base/text.hpp"
#include "io/tree_writer.hpp"

namespace jujubackup {
namespace {

bool is_below(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

class Selection {
 public:
  explicit Selection(const std::vector<std::string>& names) {
    for (std::string_view name : names) {
      while (name.starts_with("./")) name.remove_prefix(2);
      while (name.size() > 1 && name.ends_with('/')) name.remove_suffix(1);
      names_.push_back({std::string(name), false});
    }
  }

  bool takes(std::string_view path) {
    bool taken = names_.empty();
    for (Name& name : names_) {
      if (path != name.text && !is_below(path, name.text)) continue;
      name.matched = true;
      taken = true;
    }
    return taken;
  }

  bool takes_some_below(std::string_view directory) const {
    return std::any_of(names_.begin(), names_.end(), [&](const Name& name) { return is_below(name.text, directory); });
  }

  void complain_of_unmatched() const {
    std::string text;
    for (const Name& name : names_) {
      if (name.matched) continue;
      if (!text.empty()) text += ", ";
      text += printable(name.text);
    }
    if (!text.empty()) throw Error(ErrorCode::not_found, "not in the archive: " + text);
  }

 private:
  struct Name {
    std::string text;
    bool matched;
  };
  std::vector<Name> names_;
};

class Extraction {
 public:
  Extraction(const std::string& target, const ExtractOptions& options)
      : options_(options), selection_(options.names), writer_(target, options.owners) {}

  Step visit(const Entry& entry, Stream& content) {
    const bool taken = selection_.takes(entry.path);
    const bool is_root_tar = entry.path == layout::root_tar && entry.type == EntryType::file;
    if (is_root_tar && options_.root_tar == RootTar::unpack) {
      if (!taken && !selection_.takes_some_below(layout::root_tar)) return Step::next;
      // The controller's secrets come below it; no archive says what mode it has.
      writer_.make_directory(layout::unpacked_root, {0700, entry.uid, entry.gid, entry.mtime_s});
      ++report_.directories;
      return Step::enter;
    }
    if (taken) write(entry, content);
    return Step::next;
  }

  ExtractReport finish() {
    writer_.finish();
    report_.warnings = writer_.warnings();
    selection_.complain_of_unmatched();
    return std::move(report_);
  }

 private:
  void write(const Entry& entry, Stream& content) {
    const std::string place = layout::unpacked_place(entry.path);
    const TreeMeta meta{entry.mode, entry.uid, entry.gid, entry.mtime_s};
    switch (entry.type) {
      case EntryType::directory:
        writer_.make_directory(place, meta);
        ++report_.directories;
        return;
      case EntryType::symlink:
        writer_.make_symlink(place, entry.link_target, meta);
        ++report_.links;
        return;
      case EntryType::hardlink:
        writer_.make_hardlink(place, layout::unpacked_place(entry.link_target));
        ++report_.links;
        return;
      case EntryType::file: break;
    }
    writer_.begin_file(place, entry.size_bytes);
    for (auto piece = content.next(); !piece.empty(); piece = content.next()) {
      writer_.write(piece);
      report_.bytes += piece.size();
    }
    writer_.end_file(meta);
    ++report_.files;
  }

  const ExtractOptions& options_;
  Selection selection_;
  TreeWriter writer_;
  ExtractReport report_;
};

}  // namespace

ExtractReport Archive::extract(const std::string& target, const ExtractOptions& options, Job* job) {
  // Some files of a sealed archive: its members carry checksums of their own, so the others need not be read.
  const Access access = options.names.empty() ? Access::in_order : Access::sparse;
  job_begin(job, Phase::extracting, access == Access::sparse && state_->members() != nullptr ? 0 : size_bytes().value_or(0));
  Extraction extraction(target, options);
  state_->walk(
      access, [&](const Entry& entry, Stream& content) { return extraction.visit(entry, content); }, job);
  return extraction.finish();
}

}  // namespace jujubackup
