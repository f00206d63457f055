"""The films that ffmpeg makes: one line each, name to arguments. Small pictures, true structures.

A line is what stands between `ffmpeg` and the name of the output; `{parts}` is the folder of the side files
(`parts.py`). COPIES read films that were made before them, by name.
"""


def picture(rate="25", seconds=14, size="160x90"):
    """A moving test picture."""
    return f"-f lavfi -i testsrc2=size={size}:rate={rate}:duration={seconds}"


def sound(seconds=14, rate=48000, hertz=330):
    """A tone."""
    return f"-f lavfi -i sine=frequency={hertz}:sample_rate={rate}:duration={seconds}"


H264 = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -g 50 -sc_threshold 0 -threads 1"
H265 = "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -tag:v hvc1"
X265 = "log-level=none:pools=none:frame-threads=1:keyint=50:min-keyint=50:scenecut=0"
SVT = "-c:v libsvtav1 -preset 12 -pix_fmt yuv420p -g 50 -svtav1-params lp=1"
VP9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 50 -keyint_min 50 -threads 1"
AAC = "-c:a aac -b:a 64k"
BOTH = f"{picture()} {sound()}"
FILM = f"{BOTH} {H264} {AAC}"
PQ = "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc"
HLG = "-color_primaries bt2020 -color_trc arib-std-b67 -colorspace bt2020nc"
SURROUND = "-af aformat=channel_layouts=5.1"

CONTAINERS = {
    "container_moov_last.mp4": FILM,
    "container_faststart.mp4": f"{FILM} -movflags +faststart",
    "container_m4v.m4v": FILM,
    "container_mov.mov": FILM,
    "container_mov_faststart.mov": f"{FILM} -movflags +faststart",
    "container_m4a.m4a": f"{sound()} {AAC}",
    "container_m4a_faststart.m4a": f"{sound()} {AAC} -movflags +faststart",
    "container_3gp_brand.mp4": f"{FILM} -brand 3gp6",
    "container_psp.mp4": f"{FILM} -f psp",
    "container_ismv_free.mp4": f"{FILM} -movflags +use_metadata_tags -metadata one=1",
    "container_small_interleave.mp4": f"{FILM} -min_frag_duration 0 -max_interleave_delta 1",
    "container_timescale_1000.mp4": f"{FILM} -video_track_timescale 1000",
    "container_timescale_90000.mp4": f"{FILM} -video_track_timescale 90000",
    "container_movie_timescale_600.mov": f"{FILM} -movie_timescale 600",
}

FRAGMENTED = {
    "frag_key_frames.mp4": f"{FILM} -movflags +frag_keyframe+empty_moov+default_base_moof",
    "frag_cmaf.mp4": f"{FILM} -movflags +cmaf+frag_keyframe",
    "frag_dash_sidx.mp4": f"{FILM} -movflags +dash+global_sidx+frag_keyframe",
    "frag_old_base_offset.mp4": f"{FILM} -movflags +empty_moov -frag_duration 1300000",
    "frag_every_frame.mp4": f"{FILM} -movflags +empty_moov+default_base_moof+frag_every_frame",
    "frag_separate_moofs.mp4": f"{FILM} -movflags +frag_keyframe+empty_moov+separate_moof",
    "frag_negative_offsets.mp4": f"{FILM} -bf 3 -movflags +frag_keyframe+empty_moov+negative_cts_offsets",
    "frag_delay_moov.mp4": f"{FILM} -movflags +frag_keyframe+delay_moov",
    "frag_sound_only.m4a": f"{sound()} {AAC} -f mp4 -movflags +empty_moov -frag_duration 2000000",
    "hybrid.mp4": f"{FILM} -movflags +frag_keyframe",
    "hybrid.mov": f"{FILM} -movflags +frag_keyframe",
}

PICTURES = {
    "h264_baseline.mp4": f"{BOTH} {H264} -profile:v baseline {AAC}",
    "h264_main.mp4": f"{BOTH} {H264} -profile:v main {AAC}",
    "h264_high10.mp4": f"{BOTH} {H264} -pix_fmt yuv420p10le {AAC}",
    "h264_422.mp4": f"{picture()} {H264} -pix_fmt yuv422p",
    "h264_444.mp4": f"{picture()} {H264} -pix_fmt yuv444p",
    "h264_interlaced.mp4": f"{picture(size='160x96')} {H264} -flags +ilme+ildct -x264-params tff=1",
    "h264_bframes_0.mp4": f"{FILM} -bf 0",
    "h264_bframes_1.mp4": f"{FILM} -bf 1",
    "h264_bframes_3_pyramid.mp4": f"{FILM} -bf 3 -b_strategy 0 -x264-params b-pyramid=normal",
    "h264_bframes_3_strict.mp4": f"{FILM} -bf 3 -b_strategy 0 -x264-params b-pyramid=strict",
    "h264_bframes_16.mp4": f"{FILM} -bf 16 -b_strategy 0 -refs 4",
    "h264_negative_offsets.mp4": f"{FILM} -bf 3 -movflags +negative_cts_offsets",
    "h264_open_gop.mp4": f"{FILM} -bf 3 -b_strategy 0 -flags -cgop -x264-params open-gop=1",
    "h264_all_intra.mp4": f"{BOTH} {H264} -g 1 {AAC}",
    "h264_one_key_frame.mp4": f"{BOTH} {H264} -g 9999 -keyint_min 9999 {AAC}",
    "h264_irregular_key_frames.mp4": f"{FILM} -g 999 -force_key_frames 0,0.4,3.36,3.4,9.96,11.2",
    "h264_intra_refresh.mp4": f"{FILM} -intra-refresh 1",
    "h264_many_slices.mp4": f"{FILM} -slices 4",
    "h264_avc3.mp4": f"{FILM} -tag:v avc3",
    "hevc_hvc1.mp4": f"{BOTH} {H265} -x265-params {X265}:open-gop=0 {AAC}",
    "hevc_hev1.mp4": f"{BOTH} {H265} -tag:v hev1 -x265-params {X265}:open-gop=0 {AAC}",
    "hevc_open_gop.mp4": f"{BOTH} {H265} -x265-params {X265}:open-gop=1:bframes=4 {AAC}",
    "hevc_main10_pq.mp4": f"{picture()} {H265} -pix_fmt yuv420p10le {PQ} -x265-params "
    f"{X265}:open-gop=0:hdr10=1:repeat-headers=0:max-cll=1000,400:master-display="
    "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)",
    "hevc_main10_hlg.mov": f"{BOTH} {H265} -pix_fmt yuv420p10le {HLG} -x265-params {X265}:open-gop=0 {AAC}",
    "av1_svt.mp4": f"{BOTH} {SVT} {AAC}",
    "av1_svt_10bit_pq.mp4": f"{picture()} {SVT} -pix_fmt yuv420p10le {PQ}",
    "av1_aom.mp4": f"{picture(seconds=8)} -c:v libaom-av1 -cpu-used 8 -usage realtime -g 50 -threads 1 -pix_fmt yuv420p",
    "vp9.mp4": f"{BOTH} {VP9} -pix_fmt yuv420p {AAC}",
    "vp9_opus.mp4": f"{BOTH} {VP9} -pix_fmt yuv420p -c:a libopus -b:a 48k",
    "vp9_profile_2_hlg.mp4": f"{picture()} {VP9} -pix_fmt yuv420p10le {HLG}",
}

SOUNDS = {
    "aac_44100.mp4": f"{picture()} {sound(rate=44100)} {H264} {AAC}",
    "aac_22050_mono.m4a": f"{sound(rate=22050)} {AAC} -ac 1",
    "aac_8000.m4a": f"{sound(rate=8000)} -c:a aac -b:a 12k",
    "aac_96000.m4a": f"{sound(rate=96000)} -c:a aac -b:a 128k",
    "aac_surround.mp4": f"{BOTH} {H264} {AAC} {SURROUND} -b:a 192k",
    "aac_7_1.m4a": f"{sound()} -c:a aac -af aformat=channel_layouts=7.1 -b:a 256k",
    "opus.mp4": f"{BOTH} {H264} -c:a libopus -b:a 48k",
    "opus_surround.mp4": f"{sound()} -c:a libopus -mapping_family 1 {SURROUND}",
    "ac3_surround.mp4": f"{BOTH} {H264} -c:a ac3 {SURROUND}",
    "ac3_44100.mov": f"{sound(rate=44100)} -c:a ac3",
    "eac3_surround.mp4": f"{BOTH} {H264} -c:a eac3 {SURROUND}",
    "flac.mp4": f"{BOTH} {H264} -c:a flac -strict -2",
    "flac_96000_24bit.mp4": f"{sound(rate=96000)} -c:a flac -sample_fmt s32 -bits_per_raw_sample 24 -strict -2",
    "mp3.mp4": f"{BOTH} {H264} -c:a libmp3lame",
    "mp3_22050.mp4": f"{sound(rate=22050)} -c:a libmp3lame",
    "mp3.mov": f"{sound()} -c:a libmp3lame",
    "alac.m4a": f"{sound()} -c:a alac",
    "alac.mov": f"{BOTH} {H264} -c:a alac",
}

TRACKS = {
    "languages_three.mp4": f"{picture()} {sound()} {sound(hertz=440)} {sound(hertz=550)} -map 0 -map 1 -map 2 -map 3 "
    f"{H264} {AAC} -metadata:s:a:0 language=eng -metadata:s:a:1 language=fra -metadata:s:a:2 language=deu",
    "languages_second_is_default.mp4": f"{picture()} {sound()} {sound(hertz=440)} -map 0 -map 1 -map 2 {H264} {AAC} "
    "-metadata:s:a:0 language=jpn -metadata:s:a:1 language=eng -disposition:a:0 0 -disposition:a:1 default",
    "languages_twice_the_same.mp4": f"{picture()} {sound()} {sound(hertz=440)} -map 0 -map 1 -map 2 {H264} {AAC} "
    "-metadata:s:a language=eng -metadata:s:a:1 handler_name=Commentary",
    "languages_unknown.mov": f"{picture()} {sound()} {sound(hertz=440)} -map 0 -map 1 -map 2 {H264} {AAC}",
    "two_codecs_of_sound.mp4": f"{picture()} {sound()} {sound(hertz=440)} -map 0 -map 1 -map 2 {H264} -c:a:0 aac -c:a:1 ac3",
    "two_pictures.mp4": f"{picture()} {picture(size='80x46')} {sound()} -map 0 -map 1 -map 2 {H264} {AAC}",
    "silent.mp4": f"{picture()} {H264}",
    "sound_longer.mp4": f"{picture(seconds=8)} {sound(seconds=20)} {H264} {AAC}",
    "sound_shorter.mp4": f"{picture(seconds=20)} {sound(seconds=8)} {H264} {AAC}",
    "text_two_languages.mp4": f"{BOTH} -i {{parts}}/one.srt -i {{parts}}/two.srt -map 0 -map 1 -map 2 -map 3 {H264} {AAC} "
    "-c:s mov_text -metadata:s:s:0 language=eng -metadata:s:s:1 language=fra",
    "text_beside.mp4": f"{BOTH} {H264} {AAC}",
    "text_beside.en.srt": "-i {parts}/one.srt",
    "text_beside.fr.forced.vtt": "-i {parts}/two.srt",
    "text_mov.mov": f"{BOTH} -i {{parts}}/one.srt -map 0 -map 1 -map 2 {H264} {AAC} -c:s mov_text",
    "chapters.mp4": f"{BOTH} -i {{parts}}/chapters.txt -map 0 -map 1 -map_chapters 2 {H264} {AAC}",
    "chapters_m4a.m4a": f"{sound()} -i {{parts}}/chapters.txt -map 0 -map_chapters 1 {AAC}",
    "timecode.mov": f"{FILM} -timecode 01:00:00:00",
    "timecode_chapters.mp4": f"{BOTH} -i {{parts}}/chapters.txt -map 0 -map 1 -map_chapters 2 {H264} {AAC} -timecode 00:59:58:10",
    "cover_art.m4a": f"{sound()} -i {{parts}}/cover.png -map 0 -map 1 {AAC} -c:v copy -disposition:v attached_pic",
    "cover_art.mp4": f"{BOTH} -i {{parts}}/cover.png -map 0 -map 1 -map 2 {H264} {AAC} -c:v:1 copy -disposition:v:1 attached_pic",
}

TIMES = {
    "rate_23_976.mp4": f"{picture('24000/1001')} {sound()} {H264} {AAC}",
    "rate_29_97_44100.mp4": f"{picture('30000/1001')} {sound(rate=44100)} {H264} {AAC}",
    "rate_59_94.mov": f"{picture('60000/1001')} {sound()} {H264} -g 120 {AAC}",
    "rate_120.mp4": f"{picture('120', 7)} {H264} -g 240",
    "rate_1.mp4": f"{picture('1', 60)} {sound(60)} {H264} -g 3 {AAC}",
    "rate_12_5_hevc.mp4": f"{picture('25/2')} {H265} -x265-params {X265}:open-gop=0",
    "rate_29_97_timescale_1000.mp4": f"{picture('30000/1001')} {sound(rate=44100)} {H264} -video_track_timescale 1000 {AAC}",
    "variable_rate.mp4": f"{picture('50')} {sound()} -vf select='not(mod(n\\,3))+lt(random(3)\\,.3)' -vsync vfr {H264} {AAC}",
    "variable_rate_pause.mp4": f"{picture()} {sound()} -vf setpts='PTS+gt(T\\,5)*3/TB' -vsync vfr {H264} {AAC}",
    "late_sound.mp4": f"{picture()} -itsoffset 0.5 {sound(12)} {H264} {AAC}",
    "late_picture.mp4": f"-itsoffset 0.7 {picture(seconds=12)} {sound()} {H264} {AAC}",
    "late_picture_one_tick.mp4": f"-itsoffset 0.0401 {picture(seconds=12)} {sound()} {H264} {AAC} -video_track_timescale 90000",
    "early_sound.mov": f"{picture()} -itsoffset -0.25 {sound()} {H264} {AAC} -avoid_negative_ts disabled",
    "no_edit_list.mp4": f"{FILM} -use_editlist 0",
    "sound_edit_list_only.m4a": f"-itsoffset 2 {sound()} {AAC}",
    "tiny_one_frame.mp4": f"{picture(seconds=0.04)} {H264}",
    "tiny_one_frame_with_sound.mp4": f"{picture(seconds=0.04)} {sound(0.02)} {H264} {AAC}",
    "tiny_tenth.mp4": f"{picture(seconds=0.1)} {sound(0.1)} {H264} {AAC}",
    "tiny_sound.m4a": f"{sound(0.01)} {AAC}",
    "tail_of_one_frame.mp4": f"{picture(seconds=12.04)} {sound(12.04)} {H264} {AAC}",
}

LOOKS = {
    "pixel_aspect_2_1.mp4": f"{picture()} -vf setsar=2/1 {H264}",
    "pixel_aspect_16_15.mov": f"{picture(size='176x144')} -vf setsar=16/15 {H264}",
    "pixel_aspect_hevc.mp4": f"{picture()} -vf setsar=4/3 {H265} -x265-params {X265}:open-gop=0",
    "odd_size.mp4": f"{picture(size='158x86')} {H264}",
    "portrait.mp4": f"{picture(size='90x160')} {H264}",
    "colour_bt709.mp4": f"{picture()} {H264} -color_primaries bt709 -color_trc bt709 -colorspace bt709",
    "colour_full_range.mov": f"{picture()} {H264} -pix_fmt yuvj420p -movflags +write_colr",
    "colour_pq_h264.mp4": f"{picture()} {H264} -pix_fmt yuv420p10le {PQ}",
}

UNPLAYABLE = {
    "only_mpeg4.mp4": f"{picture()} -c:v mpeg4",
    "only_prores.mov": f"{picture(seconds=2)} -c:v prores",
    "only_pcm.mov": f"{sound(2)} -c:a pcm_s16le",
    "only_mjpeg.mov": f"{picture(seconds=2)} -c:v mjpeg -pix_fmt yuvj420p",
    "only_dnxhd.mov": f"{picture(seconds=1, size='1280x720', rate='25')} -c:v dnxhd -b:v 90M -pix_fmt yuv422p",
    "only_dts.mp4": f"{sound(2)} -c:a dca -strict -2",
    "only_truehd.mp4": f"{sound(2)} -c:a truehd -strict -2",
    "only_vorbis.mp4": f"{sound(2)} -c:a vorbis -strict -2 -ac 2",
    "only_text.mp4": "-i {parts}/one.srt -c:s mov_text",
    "encrypted.mp4": f"{FILM} -encryption_scheme cenc-aes-ctr "
    "-encryption_key 76a6c65c5ea762046bd749a2e632ccbb -encryption_kid a7e61c373e219033c21091fa607bf3b8",
    "pcm_beside_h264.mov": f"{BOTH} {H264} -c:a pcm_s16be",
    "mpeg4_beside_aac.mp4": f"{BOTH} -c:v mpeg4 {AAC}",
    "dts_beside_aac.mp4": f"{picture()} {sound()} {sound(hertz=440)} -map 0 -map 1 -map 2 {H264} -c:a:0 aac -c:a:1 dca -strict -2",
}

# One title of several files each.
LADDERS = {
    "ladder_three/low.mp4": f"{picture(size='96x54')} {H264} -b:v 40k",
    "ladder_three/middle.mp4": f"{picture()} {sound()} {H264} -b:v 120k {AAC}",
    "ladder_three/high.mp4": f"{picture(size='320x180')} {sound()} {H264} -b:v 300k {AAC}",
    "ladder_two_rates/25.mp4": f"{picture()} {sound()} {H264} {AAC}",
    "ladder_two_rates/50.mp4": f"{picture('50', size='320x180')} {H264} -g 100",
    "ladder_ntsc/29.97.mp4": f"{picture('30000/1001')} {sound(rate=44100)} {H264} -g 60 {AAC}",
    "ladder_ntsc/59.94.mp4": f"{picture('60000/1001', size='320x180')} {H264} -g 120",
    "ladder_two_codecs/h264.mp4": f"{picture()} {sound()} {H264} {AAC}",
    "ladder_two_codecs/hevc.mp4": f"{picture()} {H265} -x265-params {X265}:open-gop=0",
    "ladder_apart/picture.mp4": f"{picture()} {H264}",
    "ladder_apart/sound_eng.m4a": f"{sound()} {AAC} -metadata:s:a language=eng",
    "ladder_apart/sound_fra.m4a": f"{sound(hertz=440)} {AAC} -metadata:s:a language=fra",
    "ladder_lengths/long.mp4": f"{picture(seconds=14)} {sound()} {H264} {AAC}",
    "ladder_lengths/short.mp4": f"{picture(seconds=13, size='320x180')} {H264}",
    "ladder_does_not_meet/a.mp4": f"{picture(seconds=40)} {H264}",
    "ladder_does_not_meet/b.mp4": f"{picture(seconds=40, size='320x180')} {H264} -g 73",
}

COPIES = {
    "edit_trim_before_key_frame.mp4": "-ss 3.1 -i container_moov_last.mp4 -c copy",
    "edit_trim_both_ends.mp4": "-ss 2.5 -i container_moov_last.mp4 -t 7.3 -c copy",
    "edit_trim_b_frames.mp4": "-ss 4.9 -i h264_bframes_16.mp4 -t 8 -c copy",
    "edit_offset_copy.mp4": "-itsoffset 1.25 -i container_moov_last.mp4 -c copy",
    "edit_negative_start.mov": "-itsoffset -0.3 -i container_moov_last.mp4 -c copy -avoid_negative_ts disabled",
    "rotate_90.mp4": "-i container_moov_last.mp4 -c copy -metadata:s:v rotate=90",
    "rotate_180.mp4": "-i container_moov_last.mp4 -c copy -metadata:s:v rotate=180",
    "rotate_270.mov": "-i container_moov_last.mp4 -c copy -metadata:s:v rotate=270",
    "rotate_90_pixel_aspect.mp4": "-i pixel_aspect_2_1.mp4 -c copy -metadata:s:v rotate=90",
    "remuxed_mp4_to_mov.mov": "-i h264_bframes_3_pyramid.mp4 -c copy",
    "remuxed_hevc_to_mov.mov": "-i hevc_open_gop.mp4 -c copy -tag:v hvc1",
    "frag_of_trimmed.mp4": "-ss 3.1 -i container_moov_last.mp4 -c copy -movflags +frag_keyframe+empty_moov+default_base_moof",
    "frag_av1_opus.mp4": "-i av1_svt.mp4 -i opus.mp4 -map 0:v -map 1:a -c copy -movflags +cmaf+frag_keyframe",
    "frag_hevc.mp4": "-i hevc_open_gop.mp4 -c copy -tag:v hvc1 -movflags +frag_keyframe+empty_moov+default_base_moof",
    "concatenated.mp4": "-f concat -safe 0 -i {parts}/concat.txt -c copy",
}

FILMS = CONTAINERS | FRAGMENTED | PICTURES | SOUNDS | TRACKS | TIMES | LOOKS | UNPLAYABLE | LADDERS
