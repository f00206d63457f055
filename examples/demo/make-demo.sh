#!/usr/bin/env bash
# Makes the demo film: a night over a mountain lake, in 64 seconds, from ffmpeg's own sources and filters alone.
#
#   make-demo.sh [OUT_DIR]      default OUT_DIR: media/demo beside this script
#
# Three renditions of one film, H.264 High, 24 frames a second, a closed GOP and a key frame every 2 seconds at
# the same places in all three, AAC-LC stereo in two languages, moov first, at most 8 MB in all. Written with
# ffmpeg 5.1 (Debian 12); needs libx264, libfreetype and the DejaVu fonts. Takes some 16 minutes of CPU time.
#
# The steps: the sky is a formula of place and time (sky_plane), drawn small because it is soft; what has edges
# (stars, mountains) is a still picture, drawn once at full size; both languages are sums of sines (the chords
# below follow the picture). They meet in a nearly lossless master, from which the renditions are encoded, each with
# text of its own size.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/media/demo}
fonts=${DEMO_FONTS:-/usr/share/fonts/truetype/dejavu}
seconds=64
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
run() { ffmpeg -nostdin -hide_banner -v error -y "$@"; }

# --- Picture -----------------------------------------------------------------------------------------------

# smoothstep EXPR: eases 0..1
ease() { echo "(st(9,clip($1,0,1))*0+ld(9)*ld(9)*(3-2*ld(9)))"; }

# Shared by the three colour planes: where this pixel is in the sky, and how bright each light is there.
#   ld(0) x 0..1   ld(2) height in the sky, 0 top .. 1 horizon (below it: the lake, the sky mirrored and rippled)
#   ld(3) dusk     ld(4) dawn     ld(5) first aurora, ld(6) its tint    ld(7) second aurora   ld(8) sun
#   ld(1) clouds   ld(9) how low  (an expression has ten variables: both hold other things on the way)
# What is not lit is not computed: that halves the time.
horizon=0.70
place="st(0,X/W);st(1,Y/H);
if(gt(ld(1),$horizon),
   st(9,(ld(1)-$horizon)/(1-$horizon));
   st(0,ld(0)+(0.002+0.010*ld(9))*sin(150*pow(ld(9),0.6)-1.1*T+6*ld(0)));
   st(2,1-0.85*ld(9)+0.020*ld(9)*sin(95*pow(ld(9),0.6)+0.9*T+14*ld(0))),
   st(2,ld(1)/$horizon));"
times="st(3,$(ease "(17-T)/14"));st(4,$(ease "(T-45)/15"));st(1,$(ease "(T-9)/11")*$(ease "(54-T)/9"));"
aurora="if(ld(1),
  st(9,0.50+0.13*sin(4.6*ld(0)+0.16*T)+0.05*sin(12*ld(0)-0.23*T+1)-ld(2));
  st(6,clip(1.9*ld(9),0,1));
  st(5,ld(1)*if(gt(ld(9),0),exp(-4.2*ld(9)),exp(26*ld(9)))
    *(0.60+0.24*sin(30*ld(0)+2.5*sin(8*ld(0)+0.40*T)+0.5*T)+0.12*sin(71*ld(0)-0.8*T)));
  st(9,0.34+0.10*sin(5.4*ld(0)-0.19*T+2.4)+0.05*sin(15*ld(0)+0.31*T)-ld(2));
  st(7,ld(1)*(0.5+0.5*sin(0.21*T+3*ld(0)))*if(gt(ld(9),0),exp(-5.5*ld(9)),exp(30*ld(9)))
    *(0.62+0.30*sin(24*ld(0)-2.1*sin(7*ld(0)-0.33*T)-0.4*T))),
  st(5,0);st(6,0);st(7,0));"
sun="st(8,if(ld(4),
  st(9,hypot((ld(0)-0.64)*2.5,ld(2)-1.16+0.40*ld(4)));
  ld(4)*(0.62*exp(-3.4*ld(9))+1/(1+exp((ld(9)-0.060)*150))),0));
st(1,if(ld(3)+ld(4),
  st(9,pow(0.5+0.5*sin(24*ld(2)+2.6*sin(3*ld(0)+0.07*T)+1.5*sin(7*ld(0)-0.06*T)),3));
  ld(9)*exp(-22*(ld(2)-0.66)*(ld(2)-0.66))*(ld(3)+ld(4)),0));
st(9,pow(ld(2),1.7));"

# sky_plane DUSK_TOP DUSK_LOW NIGHT_TOP NIGHT_LOW DAWN_TOP DAWN_LOW AURORA_LOW AURORA_HIGH SECOND SUN CLOUD
# One colour plane, each light given as this plane's share of it (0..255).
sky_plane() {
    local dusk="($1+($2-$1)*ld(9)*(0.55+0.45*exp(-5*(ld(0)-0.3)*(ld(0)-0.3))))"
    local night="($3+($4-$3)*ld(9))" dawn="($5+($6-$5)*ld(9))"
    echo "$place$times$aurora$sun
      257*clip(if(gt(Y/H,$horizon),0.80,1)*(if(ld(3),ld(3)*$dusk)+if(ld(4),ld(4)*$dawn)+(1-ld(3)-ld(4))*$night
        +ld(5)*($7+($8-$7)*ld(6))+ld(7)*$9+ld(8)*${10}+ld(1)*${11}),0,255)" | tr -d '\n '
}
sky() {
    local r g b
    r=$(sky_plane 44 246 8 22 96 255 34 120 120 255 54)
    g=$(sky_plane 38 128 14 50 146 205 214 46 50 226 26)
    b=$(sky_plane 92 96 38 78 206 150 140 190 170 150 30)
    echo "color=black:s=256x144:r=24:d=$seconds,format=gbrp16,geq=r='$r':g='$g':b='$b'"
}

# Stills, drawn once at full size. A ridge is a sum of sines; the pines are triangles of random height.
stills() {
    local far near shore
    far="(0.455+0.035*sin(5.1*X/W+0.7)+0.090*abs(sin(5.3*X/W+2.2))+0.060*abs(sin(11.9*X/W+0.4))
        +0.028*abs(sin(27*X/W+1.2))+0.011*abs(sin(61*X/W))+0.005*abs(sin(139*X/W+2)))"
    near="(0.605+0.030*sin(3.3*X/W+3.6)+0.042*abs(sin(7.1*X/W+0.9))+0.016*abs(sin(19*X/W+2))
        +0.007*abs(sin(53*X/W))+0.003*abs(sin(151*X/W)))"
    # A star is a pixel whose hash is high; a second hash is its magnitude.
    run -f lavfi -i "color=black:s=1920x1080,format=gray,geq=lum='
        st(0,sin(X*12.9898+Y*78.233)*43758.5453);st(0,ld(0)-floor(ld(0)));
        st(1,sin(X*39.3468+Y*11.135)*24634.6345);st(1,ld(1)-floor(ld(1)));
        if(gt(ld(0),0.99935)*lt(Y/H,$far),255*(0.35+0.65*pow(ld(1),3)),0)',gblur=0.8,lut=y='min(255,val*4.2)'" \
        -frames:v 1 "$work/stars.png"
    # ridge(y) on land; its mirror image, shorter, in the lake
    ridge() { echo "if(lt(Y/H,$horizon),clip((Y/H-$1)*900,0,1),clip(($horizon+($horizon-$1)*0.36-Y/H)*160,0,1)*0.8)"; }
    run -f lavfi -i "color=black:s=1920x1080,format=rgba,geq=r=6:g=13:b=30:a='
        st(0,$(ridge "$far"));st(1,$(ridge "$near"));255*max(0.62*ld(0),0.90*ld(1))'" \
        -frames:v 1 "$work/ridges.png"
    # The near shore: two groups of pines that frame the lake. ld(0) tells the row apart.
    pine() { # WIDTH_PX HEIGHT SEED GROUND
        echo "st(1,floor(X/$1));st(2,abs(2*(X/$1-ld(1))-1));st(3,abs(sin(ld(1)*127.1+$3)*437.58));
              st(3,ld(3)-floor(ld(3)));st(4,$4-($2)*(0.45+0.55*ld(3)));
              st(5,(Y/H-ld(4))/($4-ld(4)));
              st(6,max(ld(6),clip((ld(5)*0.95+0.13*(ld(5)*7-floor(ld(5)*7)-1)-ld(2))*14,0,1)*gt(ld(5),0)));"
    }
    shore="0.30*(exp(-pow(X/W/0.20,2))+0.85*exp(-pow((1-X/W)/0.15,2)))"
    run -f lavfi -i "color=black:s=1920x1080,format=rgba,geq=r=3:g=7:b=14:a='st(6,0);
        $(pine 46 "$shore*0.9" 3 1.03)$(pine 74 "$shore*1.25" 11 1.06)$(pine 118 "$shore*1.7" 5 1.10)255*ld(6)'" \
        -frames:v 1 "$work/pines.png"
}

master() {
    run -f lavfi -i "$(sky)" -loop 1 -r 24 -i "$work/stars.png" -loop 1 -r 24 -i "$work/ridges.png" \
        -loop 1 -r 24 -i "$work/pines.png" -filter_complex "
        [0:v]scale=1920:1080:flags=bicubic,format=gbrp[sky];
        [1:v]format=gbrp,fade=in:st=9:d=9,fade=out:st=44:d=8[stars];
        [sky][stars]blend=all_mode=screen:shortest=1[night];
        [night][2:v]overlay=shortest=1:format=gbrp[hills];
        [hills][3:v]overlay=shortest=1:format=gbrp,
        fade=in:d=1.2,fade=out:st=$((seconds - 2)):d=1.8,
        scale=out_color_matrix=bt709:out_range=tv,format=yuv420p[v]" \
        -map '[v]' -t "$seconds" -c:v libx264 -preset ultrafast -crf 4 "$work/master.mkv"
}

# --- Sound -------------------------------------------------------------------------------------------------

# Eight chords of eight seconds, four notes each in Hz: dusk in D minor, the aurora's wider harmonies, dawn in F.
chords=(
    "146.83 174.61 220.00 329.63" "116.54 174.61 220.00 293.66" "174.61 220.00 261.63 329.63"
    "130.81 196.00 246.94 293.66" "146.83 220.00 261.63 349.23" "116.54 174.61 233.08 293.66"
    "130.81 174.61 233.08 293.66" "174.61 220.00 261.63 349.23"
)

# voice SIDE PAD_OCTAVE BELL_OCTAVE STEPS_PER_SECOND STRIDE
# One channel of a language: a pad that swells with each chord, and bells that walk over its notes.
#   ld(0) the step   ld(1) time since it, 0..1   ld(2) its note
voice() {
    local side=$1 pad=$2 bell=$3 rate=$4 stride=$5 sum=0 i notes
    for i in "${!chords[@]}"; do
        read -r -a notes <<<"${chords[i]}"
        local from=$((8 * i)) swell
        swell="clip((t-$from+1)/2.5,0,1)*clip(($from+9-t)/2.5,0,1)"
        sum+="+if(between(t,$from-1,$from+9),0.075*$swell*(0.85+0.15*sin(0.9*t+$side))*("
        sum+="1.3*sin(2*PI*$pad*${notes[0]}*t)+sin(2*PI*$pad*${notes[1]}*1.002*t+$side)"
        sum+="+0.8*sin(2*PI*$pad*${notes[2]}*0.998*t)+0.6*sin(2*PI*$pad*${notes[3]}*t+2*$side)))"
        sum+="+if(between(t,$from,$from+7.9999),st(0,floor(t*$rate));st(1,t*$rate-ld(0));"
        sum+="st(2,mod(ld(0)*$stride,4));st(2,if(eq(ld(2),0),${notes[0]},if(eq(ld(2),1),${notes[1]},if(eq(ld(2),2),${notes[2]},${notes[3]}))));"
        sum+="0.13*(0.6+0.4*cos(1.7*ld(0)+3*$side))*min(1,ld(1)*90)*exp(-3.2*ld(1))*min(1,(1-ld(1))*12)*("
        sum+="sin(2*PI*$bell*ld(2)*t)+0.28*sin(2*PI*$bell*2.76*ld(2)*t)*exp(-5*ld(1))))"
    done
    echo "$sum"
}

# English is low and slow; German, two octaves up, is a music box in double time.
sound() {
    local file=$1; shift
    local left right
    left=$(voice 0 "$@") right=$(voice 1 "$@")
    run -f lavfi -i "aevalsrc=exprs='$left|$right':s=48000:d=$seconds:c=stereo" \
        -af "aecho=0.85:0.75:210|390:0.28|0.16,atrim=end=$seconds,volume=6dB,afade=in:d=1.5,afade=out:st=$((seconds - 3)):d=3" \
        -c:a pcm_s16le "$work/$file.wav"
}

# --- Encode ------------------------------------------------------------------------------------------------

# card TEXT FONT SIZE Y COLOUR FROM TO: one line, centred, that fades in and out within a second. Sizes are for 1080p.
card() {
    echo "drawtext=fontfile=$fonts/$2.ttf:text='$1':fontsize=h*$3/1080:fontcolor=$5:x=(w-tw)/2:y=h*$4/1080:shadowcolor=black@0.3:shadowy=$shadow:shadowx=0:alpha='clip(min(t-$6,$7-t),0,1)':enable='between(t,$6,$7)'"
}
# Text is drawn at each rendition's own size, so that it is sharp in all of them.
cards() {
    local IFS=, shadow=$(($1 / 400 + 1)) corner
    corner="fontfile=$fonts/DejaVuSansMono-Bold.ttf:fontsize=h/20:fontcolor=white@0.92:shadowcolor=black@0.5:shadowx=0:shadowy=$shadow:y=h*0.905"
    local lines=(
        "$(card '⚗' DejaVuSans 150 250 white 0.6 6.6)"
        "$(card 'FlaskFlix' DejaVuSans-Bold 170 405 white 0.6 6.6)"
        "$(card 'One night in sixty-four seconds' DejaVuSans 58 610 white 1.4 6.6)"
        "$(card 'Nightfall' DejaVuSans-ExtraLight 96 200 white 8 13)"
        "$(card 'Aurora' DejaVuSans-ExtraLight 96 200 white 20 25)"
        "$(card 'Dawn' DejaVuSans-ExtraLight 96 200 white 48 53)"
        "$(card 'FlaskFlix' DejaVuSans-Bold 140 130 white 55.5 62.6)"
        "$(card 'Every colour and every note here is a formula.' DejaVuSans 54 315 0x16233f 56.3 62.6)"
        "drawtext=$corner:x=w/32:text='$1p'"
        "drawtext=$corner:x=w-tw-w/32:timecode='00\:00\:00\:00':timecode_rate=24"
    )
    echo "${lines[*]}"
}

# rendition HEIGHT WIDTH VIDEO_RATE: two passes, so that the sizes are known before: 8 MB for all three
rendition() {
    local video=(
        -vf "scale=$2:$1:flags=lanczos,$(cards "$1")"
        -c:v libx264 -profile:v high -preset slow -b:v "$3" -threads 2 -pix_fmt yuv420p
        -g 48 -keyint_min 48 -sc_threshold 0 -force_key_frames 'expr:gte(t,n_forced*2)' -flags +cgop+bitexact
        -x264-params "aq-mode=3:aq-strength=1.1:bframes=5:open-gop=0:stats='$work/$1.log'"
        -color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv
    )
    run -i "$work/master.mkv" -map 0:v "${video[@]}" -pass 1 -f null -
    run -i "$work/master.mkv" -i "$work/eng.wav" -i "$work/deu.wav" -map 0:v -map 1:a -map 2:a \
        "${video[@]}" -pass 2 \
        -c:a aac -b:a 40k -ac 2 -ar 48000 -flags:a +bitexact -fflags +bitexact \
        -metadata title='FlaskFlix demo: one night in sixty-four seconds' \
        -metadata:s:a:0 language=eng -metadata:s:a:0 title=English -metadata:s:a:0 handler_name=English \
        -metadata:s:a:1 language=deu -metadata:s:a:1 title=Deutsch -metadata:s:a:1 handler_name=Deutsch \
        -disposition:a:0 default -disposition:a:1 0 \
        -movflags +faststart "$work/$1p.mp4"
}

stills
master
sound eng 1 2 1 3
sound deu 4 6 2 1
rendition 360 640 100k
rendition 720 1280 220k
rendition 1080 1920 395k

mkdir -p "$out"
mv "$work"/*p.mp4 "$out/"
ls -l "$out"
