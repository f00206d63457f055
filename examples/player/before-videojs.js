// Read by video.js while it loads: add no <style> elements, the policy of this site would refuse them.
window.VIDEOJS_NO_DYNAMIC_STYLE = true;
