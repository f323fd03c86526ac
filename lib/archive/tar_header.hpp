// One entry's tar header, made by libarchive: USTAR, with a PAX header before it where USTAR cannot hold a value.
#pragma once

#include <cstddef>
#include <vector>

#include <jujubackup/archive.hpp>

namespace jujubackup::tar {

inline constexpr std::size_t block_bytes = 512;

// Whole blocks. A directory's name ends in "/", as every tar but Juju's writes it.
std::vector<std::byte> make_header(const Entry& entry);

constexpr std::uint64_t padded(std::uint64_t bytes) { return (bytes + block_bytes - 1) / block_bytes * block_bytes; }

}  // namespace jujubackup::tar
