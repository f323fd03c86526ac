// Whole trees on disk, which this process trusts: removed, copied, renamed, made durable.
//
// Paths are walked as the system walks them; links in a tree are never followed. For what comes from an archive see tree_writer.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace jujubackup {

// Where the entry of `path` is: "/a/b" gives "/a", "b" gives ".".
std::string parent_of(const std::string& path);

// A file, or a directory with all that is in it. Nothing happens if there is none.
void remove_tree(const std::string& path);

// A copy of what is at `from` under the name `to`, which must be free: owners (as root), modes, times to the nanosecond, links, and hard
// links within it. What is neither file, directory nor symbolic link is left out and handed to `left_out`. Not durable by itself.
void copy_tree(const std::string& from, const std::string& to, const std::function<void(const std::string&)>& left_out = {});

// To a name that is free, Error(exists) else. False if the two are on different volumes.
bool rename_to_free(const std::string& from, const std::string& to);

// Modification time only; a link's own.
void set_mtime(const std::string& path, std::int64_t seconds, std::int64_t nanoseconds);

// The directory that holds `path`.
void sync_directory_of(const std::string& path);
// Everything that was written to the volume that holds `path`.
void sync_volume_of(const std::string& path);

}  // namespace jujubackup
