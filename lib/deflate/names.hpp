// The libraries at work, with their versions; each defined where the library is used.
#pragma once

#include <string>

namespace jujubackup::deflate {

std::string encoder_name(int level);
std::string fast_encoder_name();
std::string inflater_name();
std::string stream_inflater_name();

}  // namespace jujubackup::deflate
