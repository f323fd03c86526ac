// The file beside an archive: a BackupRecord as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <jujubackup/store.hpp>

namespace jujubackup {

inline constexpr std::int64_t record_format = 1;
// A record that was read is larger only if it is none of ours.
inline constexpr std::size_t max_record_bytes = std::size_t{4} << 20;

// Whether a blob of this name is taken for an archive: it ends in .tar.gz or .tgz.
bool is_archive_name(std::string_view blob_name);
// The name of the record that belongs to an archive: .json in the place of .tar.gz or .tgz.
std::string record_name(std::string_view archive_name);

// Never with the CA private key. Warnings beyond a thousand, or beyond half a MiB, are cut with a line that says so.
std::string write_record(const BackupRecord& record);
// Error(corrupt), Error(limit), Error(unsupported) `record format N not supported`.
BackupRecord parse_record(std::string_view json);

}  // namespace jujubackup
