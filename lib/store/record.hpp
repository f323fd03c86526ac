// The file beside an archive: a BackupRecord as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <jujubackup/store.hpp>

namespace jujubackup {

inline constexpr std::int64_t record_format = 1;
// The record of an archive has at most 1 MiB and the warnings half of one; JSON's escapes make six bytes of one.
inline constexpr std::size_t max_record_bytes = std::size_t{16} << 20;

// Whether a blob of this name is taken for an archive: it ends in .tar.gz or .tgz, with .age behind if it is encrypted.
bool is_archive_name(std::string_view blob_name);
bool is_encrypted_name(std::string_view blob_name);
// The name of the record that belongs to an archive: .json in the place of the ending. The same for an archive and an encrypted one.
std::string record_name(std::string_view archive_name);

// archive_file_name with .age behind.
std::string encrypted_file_name(std::string_view id);
// The ID that a file has by its name; nothing if that is no encrypted_file_name. `path` may have directories before it.
std::optional<std::string> id_in_encrypted_name(std::string_view path);

// Never with the CA private key. Warnings beyond a thousand, or beyond half a MiB, are cut with a line that says so.
// Error(limit) for a record that could not be read back.
std::string write_record(const BackupRecord& record);
// Error(corrupt), Error(limit), Error(unsupported) `record format N not supported`.
BackupRecord parse_record(std::string_view json);

}  // namespace jujubackup
